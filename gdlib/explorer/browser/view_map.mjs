// The view of two weights: balls on a map.
import { arrow, views, within } from "./draw.mjs";

views.map = {
  held: (_, place) => place,
  around: () => 0,
  next: (panel, from, to) => panel.pointTo(arrow(...from, ...within(panel.box, from, to))),
};
