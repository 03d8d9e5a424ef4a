/** By then the browser has begun to read it, in milliseconds. */
const READ = 10_000;

/** Offers bytes as a file to keep. */
export const offerFile = (name: string, bytes: Blob): void => {
  const url = URL.createObjectURL(bytes);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), READ);
};
