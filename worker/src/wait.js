/// The result of `answer`, or `undefined` if it fails, which is logged with these words, or takes too long.
export async function within(milliseconds, answer, failed) {
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, milliseconds)));
  try {
    return await Promise.race([answer.catch((error) => console.error(`${failed}:`, error)), late]);
  } finally {
    clearTimeout(timer);
  }
}
