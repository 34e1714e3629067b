/** Messages a second that the slider offers, from left to right; the last is as fast as the page can draw. */
export const PACES = [1, 2, 5, 10, 20, 50, 100, 200, 500, Infinity] as const
