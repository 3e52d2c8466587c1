import { assertNever } from '../../base/assert-never.ts';
import type { Block } from '../pivot/request.ts';
import type { PivotEvent, PivotResponse } from '../pivot/response.ts';

/** A whole answer as the events of a stream, for a client that asked for one. */
export function responseEvents(response: PivotResponse): readonly PivotEvent[] {
  const { id, model, created, blocks, stop, stopSequence, usage } = response;
  return [
    { kind: 'start', id, model, created },
    ...blocks.flatMap(blockEvents),
    { kind: 'stop', stop, stopSequence },
    ...(usage === null ? [] : [{ kind: 'usage' as const, usage }]),
    { kind: 'end' },
  ];
}

function blockEvents(content: Block, block: number): readonly PivotEvent[] {
  switch (content.kind) {
    case 'text':
    case 'refusal':
      return [{ kind: content.kind, block, text: content.text }];
    case 'thinking': {
      const { text, signature, redacted, vendor } = content;
      if (redacted !== undefined) return [{ kind: 'redacted', block, data: redacted, vendor }];
      return [
        ...(text === '' ? [] : [{ kind: 'thinking' as const, block, text }]),
        ...(signature === undefined ? [] : [{ kind: 'signature' as const, block, signature, vendor }]),
      ];
    }
    case 'toolCall': {
      const { id, name, input, signature, freeform } = content;
      const start: PivotEvent = {
        kind: 'toolStart',
        block,
        id,
        name,
        ...(signature === undefined ? {} : { signature }),
        ...(freeform === undefined ? {} : { freeform }),
      };
      return [start, { kind: 'toolInput', block, text: input }];
    }
    case 'image':
    case 'document':
    case 'audio':
    case 'toolResult':
      // Streams of no format have a place for them.
      return [];
    default:
      return assertNever(content);
  }
}
