/** What was sent on the streams of one session, to be sent again to who comes back. */
import type { EventStore } from '@modelcontextprotocol/server';

type Sent = Parameters<EventStore['storeEvent']>[1];

/** Remembers all; a session of the suite is short. */
export function eventStore(): EventStore {
  const events: { readonly stream: string; readonly message: Sent }[] = [];
  return {
    async storeEvent(stream, message) {
      return String(events.push({ stream, message }) - 1);
    },
    async replayEventsAfter(lastId, { send }) {
      const last = Number(lastId);
      const stream = events[last]?.stream ?? '';
      for (const [id, event] of events.entries()) {
        // What has no content was sent only to give the stream its first id.
        const isContent = Object.keys(event.message).length > 0;
        if (id > last && event.stream === stream && isContent) await send(String(id), event.message);
      }
      return stream;
    },
  };
}
