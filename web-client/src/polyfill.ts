// rsocket-core uses Node's free global Buffer. This module is the first import of main.ts, before anything that loads rsocket-core.
import { Buffer } from 'buffer'

globalThis.Buffer ??= Buffer
