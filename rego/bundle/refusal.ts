/** A bundle is refused: the message names what is wrong with it, and never what it holds. */
export class BundleRefused extends Error {
  constructor (message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'BundleRefused'
  }
}
