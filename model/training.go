package model

// Training is a summary of how the weights were found. It holds nothing that differs between equal runs. Log-densities are in nats a
// row, in the data's own units.
type Training struct {
	TrainRows      int      `json:"train_rows,omitempty"`
	ValidationRows int      `json:"validation_rows,omitempty"`
	TestRows       int      `json:"test_rows,omitempty"`
	Weights        string   `json:"weights,omitempty"` // the column of the rows' weights
	Steps          int      `json:"steps,omitempty"`
	BestStep       int      `json:"best_step,omitempty"`
	PlannedSteps   int      `json:"planned_steps,omitempty"`
	Ended          string   `json:"ended,omitempty"` // what ended it before the planned steps: EndedEarly or EndedInTime
	SkippedSteps   int      `json:"skipped_steps,omitempty"`
	DroppedRows    int      `json:"dropped_rows,omitempty"` // left out of batches, over all steps
	FlooredRows    int      `json:"floored_rows,omitempty"` // validation rows that count in ValLogProb with a floor
	Batch          int      `json:"batch,omitempty"`
	Rate           float64  `json:"rate,omitempty"`
	Clip           float64  `json:"clip,omitempty"`
	Decay          float64  `json:"decay,omitempty"`
	Warmup         int      `json:"warmup,omitempty"`
	Average        float64  `json:"average,omitempty"`
	Freeze         string   `json:"freeze,omitempty"`
	Noise          float64  `json:"noise,omitempty"` // that was added to rows while training, in deviations of a column
	ValLogProb     *float64 `json:"val_log_prob,omitempty"`
	TestLogProb    *float64 `json:"test_log_prob,omitempty"`
	TestLogProb2SE *float64 `json:"test_log_prob_2se,omitempty"` // twice the standard error
	Curves         *Curves  `json:"curves,omitempty"`

	Reference *Reference `json:"reference,omitempty"` // of the test rows
}

// later tells whether there is something in the fields that came with version 3 of the file.
func (t Training) later() bool {
	return t.Weights != "" || t.Ended != "" || t.DroppedRows != 0 || t.FlooredRows != 0 ||
		t.Decay != 0 || t.Warmup != 0 || t.Average != 0 || t.Freeze != "" || t.Curves != nil
}

// What Training.Ended can be.
const (
	EndedEarly  = "patience"
	EndedInTime = "time limit"
)

// Curves are mean log-densities over the course of the training, a bounded number of points.
type Curves struct {
	Train      Curve `json:"train"`      // each point the mean over the batches since the last point
	Validation Curve `json:"validation"` // of single validations
}

// Curve is points in two lists of one length.
type Curve struct {
	Steps   []int     `json:"steps"` // steps made, ascending
	LogProb []float64 `json:"log_prob"`
}
