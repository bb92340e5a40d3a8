// The view of two weights: balls on a map.
import { arrow, views } from "./draw.mjs";

views.map = {
  held: (_, place) => place,
  around: () => 0,
  next: (panel, from, to) => panel.pointTo(arrow(...from, ...to)),
};
