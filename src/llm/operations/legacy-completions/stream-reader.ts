import { CompletionsStreamReader } from '../../formats/completions/stream-reader.ts';
import { isJsonRecord } from '../../json/parse.ts';
import type { StreamReader } from '../../pivot/format.ts';
import type { PivotEvent } from '../../pivot/response.ts';

/** Reads chunks of legacy completions (`text_completion`): like those of a chat, with `text` for the delta. */
export class LegacyStreamReader implements StreamReader {
  readonly #chat = new CompletionsStreamReader();

  event(event: string, data: string): readonly PivotEvent[] {
    return this.#chat.event(event, asChat(data));
  }

  end(): readonly PivotEvent[] {
    return this.#chat.end();
  }
}

/** The chunk as a chat's; what is none stays as it is. */
function asChat(data: string): string {
  let chunk: unknown;
  try {
    chunk = JSON.parse(data);
  } catch (error) {
    if (error instanceof SyntaxError) return data;
    throw error;
  }
  if (!isJsonRecord(chunk) || !Array.isArray(chunk['choices'])) return data;
  const choices = chunk['choices'].map((choice: unknown) =>
    isJsonRecord(choice) ? { ...choice, delta: { content: choice['text'] } } : choice,
  );
  return JSON.stringify({ ...chunk, choices });
}
