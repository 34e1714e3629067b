import { gzipSync } from 'node:zlib'
import type { Plugin, Rollup } from 'vite'

type Chunk = Pick<Rollup.OutputChunk, 'fileName' | 'isEntry' | 'imports' | 'code'>

/** Bytes, compressed, of all script that has to be there before the page shows anything: the entries and what they import at once. */
export function firstLoadBytes(chunks: readonly Chunk[]): number {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]))
  const needed = new Set<Chunk>()
  const add = (chunk: Chunk | undefined) => {
    if (chunk !== undefined && !needed.has(chunk)) {
      needed.add(chunk)
      chunk.imports.forEach((name) => add(byName.get(name)))
    }
  }
  chunks.filter((chunk) => chunk.isEntry).forEach(add)
  return [...needed].reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0)
}

/** Fails the build when the first load is larger than `limit` bytes. */
export function limitFirstLoad(limit: number): Plugin {
  return {
    name: 'limit-first-load',
    apply: 'build',
    generateBundle(_, bundle) {
      const bytes = firstLoadBytes(Object.values(bundle).filter((file) => file.type === 'chunk'))
      if (bytes > limit) {
        this.error(`The first load is ${bytes} bytes of compressed script; ${limit} are allowed.`)
      }
      this.info(`The first load is ${bytes} bytes of compressed script; ${limit} are allowed.`)
    },
  }
}
