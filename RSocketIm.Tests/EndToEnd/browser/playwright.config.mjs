import { defineConfig } from '@playwright/test'

// The system's own Chromium: no browser is downloaded, and it calls nobody.
const launchOptions = {
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
}

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.mjs',
  outputDir: 'test-results',
  // Generous: nothing is measured, and the machine may be busy with other tests.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  workers: 1,
  reporter: 'list',
  use: { launchOptions, locale: 'en-GB', timezoneId: 'UTC', viewport: { width: 1100, height: 720 } },
})
