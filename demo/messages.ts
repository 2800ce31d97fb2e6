/** What the demonstration and its victim say to each other, as JSON over the child's IPC channel. */

export type HowToHold = 'buffer' | 'mlock' | 'memfd_secret' | 'memfd_secret-descriptor-open'

export type Request = { do: 'sign'; data: string } | { do: 'collect' }

export type Reply =
  | { event: 'ready'; backing: string; byteLength: number; warning: string | null }
  | { event: 'failed'; code: string | null; message: string; hint: string | null }
  | { event: 'signature'; signature: string }
  | { event: 'collected' }
