import { room } from './en/room'
import { shell } from './en/shell'

/** The original: its keys and placeholders are the type of every other language. */
export const en = { ...shell, ...room } as const
