// Included in the scripts that have to distinguish a stale copy from a quiet page. These scripts use the syntax of 2019,
// and newer interfaces only where the browser has them.

// Seconds after which an unconfirmed copy may be out of date; a station confirms its files every minute.
const STALE = 180;

// Ends a request that takes longer.
const within = (patience) => {
  const end = new AbortController();
  setTimeout(() => end.abort(), patience);
  return end.signal;
};

// Replaces what is in an element.
const fill = (element, ...parts) => {
  while (element.lastChild) element.lastChild.remove();
  element.append(...parts);
};

// The time of the newest cosignature on a checkpoint, in POSIX seconds; 0 if there is none. A signature line is
// "— <name> <base64>"; a cosignature's bytes are key id (4), time (8, big-endian), signature (64).
const stamp = (checkpoint) => {
  let newest = 0;
  for (const line of checkpoint.split("\n")) {
    if (!line.startsWith("\u2014 ")) continue;
    const bytes = atob(line.split(" ")[2]);
    if (bytes.length !== 76) continue;
    let time = 0;
    for (const byte of bytes.slice(4, 12)) time = time * 256 + byte.charCodeAt(0);
    newest = Math.max(newest, time);
  }
  return newest;
};
