/** Which names stand before secrets. Too many rather than too few: a dump is for reading, not for loading. */

const words = 'key|token|secret|passw|passphrase|credential|signature|auth|cookie';

/** A header, query parameter, flag or environment variable that likely holds a secret. */
const secretName = new RegExp(`${words}|(?:^|[^a-z])sig(?:$|[^a-z])`, 'i');
/** A field of the model that holds a secret, by our own naming. */
const secretField =
  /(?:private|session|api|cookie)Key$|SessionKeys$|[aA]ccessKey(?:Id)?$|(?:[sS]ecret|[pP]assword|[pP]assphrase|[tT]oken|[cC]redential)$/;

/** Whether a value of this name, chosen by people, is taken for a secret. */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/** Whether the model's field of this name holds a secret. */
export function isSecretField(name: string): boolean {
  return secretField.test(name);
}

const privateKeyPem = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^]*?(?:-----END \1-----|$)/g;
const userInfo = /(:\/\/)[^/?#\s"']+(?=@)/g;
const assignment = new RegExp(`((?:${words}|\\bsig)[\\w.-]*=(?!=))("[^"]*"|'[^']*'|[^&#\\s"']+)`, 'gi');

/** Hides what looks like a secret inside any text: private keys in PEM, user info of URLs, `token=…`. */
export function hideInText(text: string, mark: string): string {
  return text.replace(privateKeyPem, mark).replace(userInfo, `$1${mark}`).replace(assignment, `$1${mark}`);
}
