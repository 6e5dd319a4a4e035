package main

import (
	"errors"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	vgdraw "gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// draw draws the three measurements beside each other.
func draw(file string, scripts, clients []point, flood []moment) error {
	cost := func(points []point) (xys plotter.XYs) {
		for _, p := range points {
			xys = append(xys, plotter.XY{X: p.size, Y: p.cost})
		}
		return xys
	}
	var heaps, costs plotter.XYs
	for _, m := range flood {
		heaps = append(heaps, plotter.XY{X: m.minutes, Y: m.heap})
		costs = append(costs, plotter.XY{X: m.minutes, Y: m.cost})
	}
	row := []*plot.Plot{
		panel("Scripts", "scripts", "ns for a known script", cost(scripts), true),
		panel("Client networks", "networks", "ns for a known script", cost(clients), true),
		panel("A flood of random paths: time", "minutes", "ns for a known script", costs, false),
		panel("A flood of random paths: memory", "minutes", "MiB of heap", heaps, false),
	}
	canvas := vgsvg.New(16*vg.Inch, 4*vg.Inch)
	tiles := vgdraw.Tiles{Rows: 1, Cols: len(row), PadX: vg.Points(12), PadTop: vg.Points(6), PadBottom: vg.Points(6), PadLeft: vg.Points(6), PadRight: vg.Points(6)}
	for i, c := range plot.Align([][]*plot.Plot{row}, tiles, vgdraw.New(canvas))[0] {
		row[i].Draw(c)
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	_, err = canvas.WriteTo(f)
	return errors.Join(err, f.Close())
}

// panel draws a line through points, from zero up.
func panel(title, x, y string, xys plotter.XYs, logarithmic bool) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	line, dots, err := plotter.NewLinePoints(xys)
	if err != nil {
		panic(err) // of points that are not numbers
	}
	p.Add(plotter.NewGrid(), line, dots)
	p.Y.Min = 0
	if logarithmic {
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	}
	return p
}
