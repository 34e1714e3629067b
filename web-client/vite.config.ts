import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { limitFirstLoad } from './build/firstLoad.ts'

/** Where `npm run dev` finds the real server. */
const server = process.env.RSOCKETIM_SERVER ?? 'http://127.0.0.1:7070'

export default defineConfig({
  plugins: [vue(), limitFirstLoad(200 * 1024)],
  build: {
    outDir: '../RSocketIm.Server/wwwroot',
    emptyOutDir: true,
    // Nothing becomes a data: URL, so that the page works under a Content-Security-Policy of 'self' alone.
    assetsInlineLimit: 0,
    // light-dark() is left as it is written.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
  },
  server: {
    proxy: {
      '/api': server,
      '/rsocket': { target: server, ws: true },
    },
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts', 'build/*.test.ts'],
    setupFiles: ['src/polyfill.ts', 'test-support/pinia.ts'],
  },
})
