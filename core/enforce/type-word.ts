/** The last word of a label, as it stands in a text: `pii.email_address` is `EMAIL_ADDRESS`. */
export function typeWord (label: string): string {
  return label.slice(label.lastIndexOf('.') + 1).toUpperCase()
}
