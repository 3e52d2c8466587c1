import { wallMs } from '../../base/clock.ts';

/** The value of a Date field (RFC 9110 §6.6.1), made once a second. */
export class HttpDate {
  #second = 0;
  #text = '';

  now(): string {
    const second = Math.floor(wallMs() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#text = new Date(second * 1000).toUTCString();
    }
    return this.#text;
  }
}
