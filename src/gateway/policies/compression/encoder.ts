import type * as Zlib from 'node:zlib';
import { GatewayError } from '../../../base/errors.ts';
import type { ContentCoding } from '../../../model/policies/compression.ts';

type ZlibStream = Zlib.Gzip | Zlib.BrotliCompress | Zlib.ZstdCompress;

/** How a coding is made and flushed. */
interface Coder {
  make(): ZlibStream;
  readonly flush: number;
}

/**
 * Quick settings: what the CPU of a gateway is worth, and at most about a megabyte for each body under way.
 * Sizes in bytes as powers of two. node:zlib is loaded with the first body, since most processes never need it.
 */
const coders: Readonly<Record<ContentCoding, (zlib: typeof Zlib) => Coder>> = {
  gzip: ({ createGzip, constants }) => ({
    make: () => createGzip({ level: 5, windowBits: 15, memLevel: 8 }),
    flush: constants.Z_SYNC_FLUSH,
  }),
  br: ({ createBrotliCompress, constants }) => ({
    make: () =>
      createBrotliCompress({
        params: {
          [constants.BROTLI_PARAM_QUALITY]: 4,
          [constants.BROTLI_PARAM_LGWIN]: 18,
          [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        },
      }),
    flush: constants.BROTLI_OPERATION_FLUSH,
  }),
  zstd: ({ createZstdCompress, constants }) => ({
    make: () =>
      createZstdCompress({
        params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_windowLog]: 18 },
      }),
    flush: constants.ZSTD_e_flush,
  }),
};

/** One body on its way through a coding. Each call waits for the one before. */
export class Encoder {
  readonly #stream: ZlibStream;
  readonly #flush: number;
  readonly #out: Buffer[];
  #failed: Error | null;

  constructor(coding: ContentCoding) {
    const { make, flush } = coders[coding](process.getBuiltinModule('node:zlib'));
    this.#stream = make();
    this.#flush = flush;
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
