export { credential, credentialSync } from './sources/credential'
export { prompt, type PromptOptions } from './sources/prompt'
