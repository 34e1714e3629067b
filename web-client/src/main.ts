import './polyfill'
import './styles/tokens.css'
import './styles/base.css'
import './styles/sign-in.css'
import './styles/shell.css'
import './styles/room.css'
import './styles/messages.css'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'

createApp(App).use(createPinia()).mount('#app')
