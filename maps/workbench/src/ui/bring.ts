// A card that opens is seen: its column, or on a telephone the page, may stand somewhere else.

/** For the `ref` of what opens. */
export function bring(opened: HTMLElement | null): void {
  opened?.scrollIntoView({ block: 'start' });
}
