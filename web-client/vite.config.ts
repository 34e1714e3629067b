import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

/** Where `npm run dev` finds the real server. */
const server = process.env.RSOCKETIM_SERVER ?? 'http://127.0.0.1:7070'

export default defineConfig({
  plugins: [vue()],
  build: {
    outDir: '../RSocketIm.Server/wwwroot',
    emptyOutDir: true,
    // Nothing becomes a data: URL, so that the page works under a Content-Security-Policy of 'self' alone.
    assetsInlineLimit: 0,
  },
  server: {
    proxy: {
      '/api': server,
      '/rsocket': { target: server, ws: true },
    },
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts'],
    setupFiles: ['src/polyfill.ts', 'test-support/pinia.ts'],
  },
})
