import { execFile } from 'node:child_process';

/** What `openssl s_client` prints of a handshake that asks for `name`, or for none; errors included; it sends nothing and leaves. */
export function handshake(port: number, name: string | null, ...options: string[]): Promise<string> {
  const args = [
    's_client',
    '-connect',
    `127.0.0.1:${port}`,
    ...(name === null ? ['-noservername'] : ['-servername', name]),
  ].concat(options);
  return new Promise((resolve) => {
    const child = execFile('openssl', args, { timeout: 10_000 }, (_error, out, err) => resolve(out + err));
    child.stdin?.end('Q\n');
  });
}
