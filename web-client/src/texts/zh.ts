import type { en } from './en'
import type { Translation } from './text'
import { room } from './zh/room'
import { shell } from './zh/shell'

export const zh: Translation<typeof en> = { ...shell, ...room }
