declare module 'virtual:answer-shapes' {
  import type { Shapes } from './transport/shapes.js';

  const shapes: Shapes;
  export default shapes;
}
