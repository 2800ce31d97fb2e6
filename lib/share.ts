export { type PeerOptions, type ReceiveOptions, receiveSecret, type SendOptions, sendSecret } from './share/handover'
export { type DescriptorHandle, open, type OpenOptions } from './share/open'
export { type ProcessHandle, toProcess } from './share/to-process'
export { toWorker, type WorkerHandle } from './share/to-worker'
