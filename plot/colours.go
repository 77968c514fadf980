package plot

import (
	"image/color"
	"math"
)

// The colours of kinds of things (M. Okabe and K. Ito, Color Universal Design, 2008).
var (
	black     = color.NRGBA{0, 0, 0, 255}
	orange    = color.NRGBA{230, 159, 0, 255}
	sky       = color.NRGBA{86, 180, 233, 255}
	green     = color.NRGBA{0, 158, 115, 255}
	blue      = color.NRGBA{0, 114, 178, 255}
	vermilion = color.NRGBA{213, 94, 0, 255}
	purple    = color.NRGBA{204, 121, 167, 255}
)

// What is not data.
var (
	ink   = color.NRGBA{40, 40, 40, 255}
	grey  = color.NRGBA{110, 110, 110, 255}
	pale  = color.NRGBA{228, 228, 228, 255}
	white = color.NRGBA{255, 255, 255, 255}
)

// kinds are the colours of curves beside each other, in turn.
var kinds = []color.NRGBA{blue, vermilion, green, purple, orange, sky, black}

// faint is a colour with an opacity between 0 and 1.
func faint(c color.NRGBA, opacity float64) color.NRGBA {
	c.A = uint8(math.Round(255 * opacity))
	return c
}

// viridis is the map of matplotlib at equal distances: dark is low, its lightness rises steadily, and it looks the same to people who do not
// tell red from green.
var viridis = []color.RGBA{
	{68, 1, 84, 255}, {72, 40, 120, 255}, {62, 73, 137, 255}, {49, 104, 142, 255}, {38, 130, 142, 255}, {31, 158, 137, 255},
	{53, 183, 121, 255}, {109, 205, 89, 255}, {180, 222, 44, 255}, {253, 231, 37, 255},
}

// Viridis is n ≥ 2 colours for amounts, from dark for the lowest to bright for the highest.
func Viridis(n int) color.Palette {
	out := make(color.Palette, n)
	for i := range out {
		at := float64(i) / float64(n-1) * float64(len(viridis)-1)
		k := min(int(at), len(viridis)-2)
		a, b, w := viridis[k], viridis[k+1], at-float64(k)
		mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + w*(float64(b)-float64(a)))) }
		out[i] = color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
	}
	return out
}

// opaque is a colour of a palette.
func opaque(c color.Color) color.NRGBA { return color.NRGBAModel.Convert(c).(color.NRGBA) }
