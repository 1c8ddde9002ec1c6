// Checks that nothing requires horizontal scrolling, and that no text is cut off.

export async function fits(page, { width }, what) {
  const [wide, cut] = await page.evaluate((width) => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const cut = [];
    while (texts.nextNode()) {
      const range = document.createRange();
      range.selectNodeContents(texts.currentNode);
      const outside = [...range.getClientRects()].some((box) => box.left < 0 || box.right > width);
      if (outside) cut.push(texts.currentNode.data.trim());
    }
    return [document.documentElement.scrollWidth, cut];
  }, width);
  const faults = wide > width ? [`${what}: the page is ${wide} pixels wide`] : [];
  return faults.concat(cut.map((text) => `${what}: ${JSON.stringify(text)} is cut off at the side`));
}
