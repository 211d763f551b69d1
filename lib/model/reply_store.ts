import type { Attempt, Reply, Usage } from "./types.ts";

/** A reply as it is kept, with its own times. */
export interface StoredReply {
  reply: Reply;
  usage: Usage | null;
  attempts: readonly Attempt[];
  /** When it was received, ISO 8601. */
  at: string;
}

/** Replies by request key. */
export interface ReplyStore {
  /** The reply to the very same request, if there is one. */
  get(key: string): StoredReply | undefined;
  /** Keeps a reply. */
  put(key: string, stored: StoredReply): Promise<void>;
  /** Releases files. */
  close(): Promise<void>;
}
