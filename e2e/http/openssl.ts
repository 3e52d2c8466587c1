import { execFile } from 'node:child_process';

/** What `openssl s_client` prints of a handshake with `name`, errors included; it sends nothing and leaves. */
export function handshake(port: number, name: string, ...options: string[]): Promise<string> {
  const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', name, ...options];
  return new Promise((resolve) => {
    const child = execFile('openssl', args, { timeout: 10_000 }, (_error, out, err) => resolve(out + err));
    child.stdin?.end('Q\n');
  });
}
