/** CoAP content formats of LwM2M (reference A1.9). */
export const contentFormats = {
  text: 0,
  links: 40,
  opaque: 42,
  cbor: 60,
  senmlJson: 110,
  senmlCbor: 112,
  tlv: 11542,
  omaJson: 11543,
  /** Before there were registered numbers; devices may still send them, nobody is sent them. */
  oldTlv: 1542,
  oldOmaJson: 1543,
} as const;
