package ref

import "diffeo/graph"

// taps visits the products of a convolution: y is where the result lies, w the element of the filter and x the pixel.
func taps(filter, image graph.Shape, visit func(y, w, x int)) {
	o, c, kh, kw := filter[0], filter[1], filter[2], filter[3]
	h, width := image[1], image[2]
	for a := range o {
		for i := range h {
			for j := range width {
				for b := range c {
					for p := range kh {
						for q := range kw {
							if s, t := i+p-kh/2, j+q-kw/2; s >= 0 && s < h && t >= 0 && t < width {
								visit((a*h+i)*width+j, ((a*c+b)*kh+p)*kw+q, (b*h+s)*width+t)
							}
						}
					}
				}
			}
		}
	}
}

func conv(n *graph.Node, w, x, out []float64) {
	taps(n.In[0].Shape(), n.In[1].Shape(), func(i, j, k int) { out[i] += w[j] * x[k] })
}

// convRows adds what one row gives to the gradient of the filters.
func convRows(n *graph.Node, g, x, out []float64) {
	taps(n.Out[0].Shape, n.In[1].Shape(), func(i, j, k int) { out[j] += g[i] * x[k] })
}

// turned is which element of the filters each element of the turned ones is.
func turned(n *graph.Node) []int {
	s := n.In[0].Shape()
	from := make([]int, s.Size())
	each(n.Out[0].Shape, func(i int, index []int) {
		from[i] = offset(s, []int{index[1], index[0], s[2] - 1 - index[2], s[3] - 1 - index[3]})
	})
	return from
}
