import { hash } from 'node:crypto';
import { GatewayError } from '../../base/errors.ts';
import { LruMap } from '../../base/lru.ts';
import { passwordHashKind } from '../../base/password-hash.ts';
import { randomKey } from '../../base/random.ts';
import { equalBytes, keyedDigest } from '../../base/secrets.ts';
import { bcryptSteps } from './bcrypt.ts';
import { apr1Steps, shaCryptSteps } from './crypt.ts';
import { runSliced, type HashSteps } from './sliced.ts';

/** Passwords that were right, or wrong, and are not checked again; by a digest that only this process can make. */
const rememberedRight = 10_000;
const rememberedWrong = 1000;
/** Checks that may wait for their turn; one runs at a time, so that guesses cost others little, and who guesses much. */
const mostWaiting = 32;
/** Longer ones are wrong: hashing them would take long. */
const longestPassword = 1024;

/** Checks passwords of users against their hashes. */
export class Passwords {
  readonly #users: ReadonlyMap<string, string>;
  /** What users that do not exist are checked against, so that time does not tell who does. */
  readonly #decoy: string;
  readonly #key: Uint8Array;
  readonly #right: LruMap<string, true>;
  readonly #wrong: LruMap<string, true>;
  #waiting: number;
  #last: Promise<unknown>;

  /** @param users Hashes by user. */
  constructor(users: ReadonlyMap<string, string>) {
    this.#users = users;
    this.#decoy = users.values().next().value ?? '';
    this.#key = randomKey(32);
    this.#right = new LruMap(rememberedRight);
    this.#wrong = new LruMap(rememberedWrong);
    this.#waiting = 0;
    this.#last = Promise.resolve();
  }

  /** Whether the password is the user's. Throws `overloaded` where too many wait to be told. */
  check(user: string, password: string): boolean | Promise<boolean> {
    const digest = keyedDigest(this.#key, JSON.stringify([user, password]));
    if (this.#right.get(digest) === true) return true;
    if (password.length > longestPassword || this.#wrong.get(digest) === true) return false;
    const stored = this.#users.get(user);
    const steps = stepsOf(Buffer.from(password), stored ?? this.#decoy);
    return this.#inTurn(steps).then((fits) => {
      const right = fits && stored !== undefined;
      (right ? this.#right : this.#wrong).set(digest, true);
      return right;
    });
  }

  #inTurn(steps: HashSteps): Promise<boolean> {
    if (this.#waiting >= mostWaiting) {
      throw new GatewayError('overloaded', 'too many passwords wait to be checked', { retryAfter: 1 });
    }
    this.#waiting++;
    const turn = this.#last.then(() => runSliced(steps));
    this.#last = turn.then(
      () => this.#waiting--,
      () => this.#waiting--,
    );
    return turn;
  }
}

function stepsOf(password: Uint8Array, stored: string): HashSteps {
  switch (passwordHashKind(stored)) {
    case 'bcrypt':
      return bcryptSteps(password, stored);
    case 'apr1':
      return apr1Steps(password, stored);
    case 'sha256-crypt':
    case 'sha512-crypt':
      return shaCryptSteps(password, stored);
    case 'sha1':
      return sha1Steps(password, stored);
    case undefined:
      return nothingFits();
  }
}

function* sha1Steps(password: Uint8Array, stored: string): HashSteps {
  yield;
  return equalBytes(hash('sha1', password, 'buffer'), Buffer.from(stored.slice('{SHA}'.length), 'base64'));
}

function* nothingFits(): HashSteps {
  yield;
  return false;
}
