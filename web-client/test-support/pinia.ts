import { createPinia, setActivePinia } from 'pinia'
import { beforeEach } from 'vitest'

// Each test has stores of its own, as if the page had just been opened.
beforeEach(() => setActivePinia(createPinia()))
