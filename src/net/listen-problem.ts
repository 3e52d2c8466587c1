import { hostPort } from '../base/host-port.ts';

/**
 * One line on why an address could not be listened on, for the errors that people meet.
 *
 * @param host An IP address; undefined: all of this machine.
 * @param error What the system said.
 */
export function listenProblem(host: string | undefined, port: number, error: NodeJS.ErrnoException): string {
  const where = host === undefined ? `port ${port}` : hostPort(host, port);
  switch (error.code) {
    case 'EADDRINUSE':
      return `${where} is already in use`;
    case 'EACCES':
      return `${where} may not be used without more privileges`;
    case 'EADDRNOTAVAIL':
      return `${where} is not an address of this machine`;
    default:
      return `cannot listen on ${where}: ${error.message}`;
  }
}
