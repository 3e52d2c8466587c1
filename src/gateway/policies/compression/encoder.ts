import {
  constants,
  createBrotliCompress,
  createGzip,
  createZstdCompress,
  type BrotliCompress,
  type Gzip,
  type ZstdCompress,
} from 'node:zlib';
import { GatewayError } from '../../../base/errors.ts';
import type { ContentCoding } from '../../../model/policies/compression.ts';

type ZlibStream = Gzip | BrotliCompress | ZstdCompress;

/**
 * Quick settings: what the CPU of a gateway is worth, and at most about a megabyte for each body under way.
 * Sizes in bytes as powers of two.
 */
const makers: Readonly<Record<ContentCoding, () => ZlibStream>> = {
  gzip: () => createGzip({ level: 5, windowBits: 15, memLevel: 8 }),
  br: () =>
    createBrotliCompress({
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 4,
        [constants.BROTLI_PARAM_LGWIN]: 18,
        [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      },
    }),
  zstd: () =>
    createZstdCompress({
      params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_windowLog]: 18 },
    }),
};

const flushes: Readonly<Record<ContentCoding, number>> = {
  gzip: constants.Z_SYNC_FLUSH,
  br: constants.BROTLI_OPERATION_FLUSH,
  zstd: constants.ZSTD_e_flush,
};

/** One body on its way through a coding. Each call waits for the one before. */
export class Encoder {
  readonly #stream: ZlibStream;
  readonly #flush: number;
  readonly #out: Buffer[];
  #failed: Error | null;

  constructor(coding: ContentCoding) {
    this.#stream = makers[coding]();
    this.#flush = flushes[coding];
    this.#out = [];
    this.#failed = null;
    this.#stream.on('data', (bytes: Buffer) => this.#out.push(bytes));
    this.#stream.on('error', (error) => (this.#failed = error));
  }

  /**
   * What comes out for `bytes`, which may be nothing yet.
   *
   * @param flush Everything so far has to come out, for someone who waits for it.
   */
  write(bytes: Buffer, flush: boolean): Promise<Buffer> {
    return this.#step((done) => {
      if (!flush) this.#stream.write(bytes, done);
      else {
        this.#stream.write(bytes);
        this.#stream.flush(this.#flush, () => done());
      }
    });
  }

  /** The rest. */
  end(): Promise<Buffer> {
    return this.#step((done) => {
      this.#stream.once('end', done);
      this.#stream.end();
    });
  }

  close(): void {
    this.#stream.destroy();
  }

  #step(step: (done: (error?: Error | null) => void) => void): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const failed = (cause: Error): void =>
        reject(new GatewayError('internal', 'the response could not be compressed', { cause }));
      if (this.#failed !== null) return failed(this.#failed);
      this.#stream.once('error', failed);
      step((error) => {
        this.#stream.off('error', failed);
        if (error !== null && error !== undefined) failed(error);
        else resolve(Buffer.concat(this.#out.splice(0)));
      });
      return undefined;
    });
  }
}
