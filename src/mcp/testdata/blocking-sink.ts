import type { McpSink } from '../http.ts';

/** A response that takes `room` writes before it blocks. */
export class BlockingSink implements McpSink {
  readonly written: string[] = [];
  room: number;
  state: 'open' | 'ended' | 'aborted' = 'open';
  onDrained: (() => void) | null = null;

  constructor(room: number = Infinity) {
    this.room = room;
  }

  write(chunk: string): boolean {
    this.written.push(chunk);
    return --this.room > 0;
  }

  end(): void {
    this.state = 'ended';
  }

  abort(): void {
    this.state = 'aborted';
  }

  /** What was written has been read: there is room again. */
  drain(room: number): void {
    this.room = room;
    this.onDrained?.();
  }

  /** The `data` lines that hold messages. */
  get data(): string[] {
    return this.written.flatMap((event) => event.split('\n').filter((line) => line.startsWith('data: {')));
  }
}
