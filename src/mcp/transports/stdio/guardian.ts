/**
 * The guardian: a small `sh` process that outlives the gateway by a moment. It reads which process groups belong to
 * which worker, and when its input ends, because the gateway is gone in whatever way, it ends every group left. A
 * shell, because a second Node would cost more memory than the gateway's own idle budget leaves.
 */
import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';

/** Ends process groups whose owner is gone. All methods throw when the guardian itself is gone. */
export interface Guardian {
  /** From now on `pgid` ends with `worker` or with the gateway. */
  register(pgid: number, worker: number): void;
  /** `pgid` has ended. */
  unregister(pgid: number): void;
  /** Ends all groups of a worker that died while the gateway lives. */
  lostWorker(worker: number): void;
}

/** A guardian and the process behind it. */
export interface GuardianProcess extends Guardian {
  /** What {@link guardianFromFd} takes in the worker threads of this process. */
  readonly fd: number;
  /** Process id, for tests and diagnostics. */
  readonly pid: number;
  /** Ends all groups that are left, then the guardian. */
  close(): void;
}

/** Lines: `add WORKER PGID`, `del PGID`, `lost WORKER`. `owned` holds ` WORKER:PGID` for each group. */
const script = `
trap '' INT TERM HUP PIPE
owned=''
end_groups() {
  for g in $1; do kill -s TERM -- "-$g" 2>/dev/null; done
  sleep 1
  for g in $1; do kill -s KILL -- "-$g" 2>/dev/null; done
}
while IFS=' ' read -r verb a b; do
  case $verb in
    add) owned="$owned $a:$b" ;;
    del) kept=''
      for o in $owned; do [ "\${o#*:}" = "$a" ] || kept="$kept $o"; done
      owned=$kept ;;
    lost) kept=''; gone=''
      for o in $owned; do
        if [ "\${o%%:*}" = "$a" ]; then gone="$gone \${o#*:}"; else kept="$kept $o"; fi
      done
      owned=$kept
      [ -z "$gone" ] || end_groups "$gone" </dev/null & ;;
  esac
done
gone=''
for o in $owned; do gone="$gone \${o#*:}"; done
[ -z "$gone" ] || end_groups "$gone"
wait
`;

/**
 * Starts the guardian. Its fate does not hold the process's event loop.
 * @param onExit Called when it ends before {@link GuardianProcess.close}; stdio targets cannot start from then on.
 * @throws Error when there is no `sh`.
 */
export function createGuardian(onExit: () => void = () => undefined): GuardianProcess {
  const child = spawn('/bin/sh', ['-c', script, 'waygate-guardian'], {
    // A session of its own: Ctrl-C and hang-ups of the terminal do not reach it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
    cwd: '/',
  });
  let closed = false;
  child.on('error', () => undefined);
  child.on('exit', () => {
    if (!closed) onExit();
  });
  child.stdin.on('error', () => undefined);
  child.unref();
  const handle = (child.stdin as unknown as { _handle?: { fd?: number; unref?(): void } })._handle;
  handle?.unref?.();
  if (child.pid === undefined || handle?.fd === undefined || handle.fd < 0) {
    throw new Error('the guardian process could not be started: /bin/sh did not run');
  }
  return {
    ...guardianFromFd(handle.fd),
    fd: handle.fd,
    pid: child.pid,
    close(): void {
      closed = true;
      child.stdin.destroy();
    },
  };
}

/** The guardian whose input is the descriptor `fd`; descriptors are shared by all threads of a process. */
export function guardianFromFd(fd: number): Guardian {
  return {
    register: (pgid, worker) => writeLine(fd, `add ${worker} ${pgid}\n`),
    unregister: (pgid) => writeLine(fd, `del ${pgid}\n`),
    lostWorker: (worker) => writeLine(fd, `lost ${worker}\n`),
  };
}

const pause = new Int32Array(new SharedArrayBuffer(4));

/** One write call per line, so that lines of several threads do not mix (POSIX: at most PIPE_BUF bytes are one piece). */
function writeLine(fd: number, line: string): void {
  for (let attempt = 0; ; attempt++) {
    try {
      writeSync(fd, line);
      return;
    } catch (error) {
      // The buffer holds thousands of lines; a guardian that lags by so many gets 100 ms.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || attempt === 100) {
        throw new Error('the guardian process is gone', { cause: error });
      }
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}
