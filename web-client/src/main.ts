import './polyfill'
import './styles/base.css'
import './styles/sign-in.css'
import './styles/chat.css'
import './styles/messages.css'
import { createApp } from 'vue'
import App from './App.vue'

createApp(App).mount('#app')
