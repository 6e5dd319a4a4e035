package cli

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/webshell-guard/caddy-webshell-guard/detector/accesslog"
	"github.com/webshell-guard/caddy-webshell-guard/detector/replay"
)

// replayFlags are what both commands that read logs take.
type replayFlags struct {
	format, learnUntil, baseline, save string
	learnFraction                      float64
	json                               bool
}

func (f *replayFlags) parsing(c *cobra.Command) {
	c.Flags().StringVar(&f.format, "format", string(accesslog.Auto), "of the logs: "+list(accesslog.Formats()))
	c.Flags().BoolVar(&f.json, "json", false, "print one JSON object a line")
	c.Flags().StringVar(&f.learnUntil, "learn-until", "", "learn up to this time, RFC 3339 such as 2026-11-01T00:00:00Z, and judge what is later")
}

func replayCommand() *cobra.Command {
	var f replayFlags
	c := &cobra.Command{
		Use:   "replay [flags] FILE...",
		Short: "Looks for webshells in old access logs",
		Long: `
Plays old access logs through the detector that judges in line, and tells what it
would have said. It learns from the first part of the logs' time what is normal,
and judges the rest.

The logs are files, - for the standard input, in any order, compressed by gzip or
not, in the combined, vhost_combined or common format, Caddy's or Traefik's JSON, W3C as IIS
writes it, or HAR. Together they are one site's: sites that have their own logs
are replayed one by one. Lines that are none of a log are counted and passed over.

What is printed: for each script that is not clean what is held against it, the
scripts that should be looked at because learning saw too little of them, and what
to do next. With --json one object a line: "alert" for every request that is not
clean, "notice" of what stood out when learning ended and of updates, "review" for
the scripts to look at, and at last "summary".

The exit status is 0 if the logs were replayed, whatever was found, else 1.`,
		Example: `  caddy webshell-guard replay /var/log/apache2/access.log*
  caddy webshell-guard replay --learn-until 2026-11-01T00:00:00Z --json access.log
  caddy webshell-guard replay --baseline site.baseline today.log`,
		RunE: f.replay,
	}
	f.parsing(c)
	c.Flags().Float64Var(&f.learnFraction, "learn-fraction", 0.5, "part of the time, from the first line to the last, that is learned")
	c.Flags().StringVar(&f.baseline, "baseline", "", "judge everything by this file, which train or export saved, instead of learning")
	c.Flags().StringVar(&f.save, "save", "", "save the baseline to this file in the end")
	c.MarkFlagsMutuallyExclusive("learn-fraction", "learn-until", "baseline")
	return c
}

func trainCommand() *cobra.Command {
	f := replayFlags{learnFraction: 1}
	c := &cobra.Command{
		Use:   "train [flags] --save FILE FILE...",
		Short: "Learns from old access logs what is normal",
		Long: `
Learns a baseline from old access logs and saves it, for a site that has none:
look at the list it prints, then import it.

The logs are read as replay reads them. A webshell that was used while the logs
were written may be on the list to look at, and is trusted if many clients used it:
replay the logs first, or learn only up to a time before: see --learn-until.`,
		Example: `  caddy webshell-guard train --save shop.baseline /var/log/apache2/access.log*
  caddy webshell-guard import shop shop.baseline`,
		RunE: f.replay,
	}
	f.parsing(c)
	c.Flags().StringVar(&f.save, "save", "", "the file to save the baseline to")
	if err := c.MarkFlagRequired("save"); err != nil {
		panic(err) // it was just defined
	}
	return c
}

// replay runs either command.
func (f *replayFlags) replay(c *cobra.Command, files []string) error {
	o, err := f.options(c)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM) // to remove temporary files
	defer stop()
	bar := newProgress(c.ErrOrStderr())
	o.Progress = bar.show
	report := newReplayReport(c.OutOrStdout(), f.json)
	began := time.Now()
	result, err := replay.Run(ctx, o, files, report.alert)
	bar.end()
	if err != nil {
		return errors.Join(err, report.flush())
	}
	took := time.Since(began).Seconds()
	result.Summary.Seconds, result.Summary.Rate = took, float64(result.Summary.Requests)/max(took, 1e-9)
	if f.save != "" {
		if err := saveArchive(result.Site, f.save); err != nil {
			return errors.Join(err, report.flush())
		}
	}
	return report.end(result, f)
}

func (f *replayFlags) options(c *cobra.Command) (o replay.Options, err error) {
	o = replay.Options{LearnFraction: f.learnFraction, Keep: f.save != "", Stdin: c.InOrStdin()}
	if o.Format, err = accesslog.ParseFormat(f.format); err != nil {
		return o, err
	}
	if f.learnUntil != "" {
		if o.LearnUntil, err = time.Parse(time.RFC3339, f.learnUntil); err != nil {
			return o, fmt.Errorf("--learn-until %q: want a time such as 2026-11-01T00:00:00Z", f.learnUntil)
		}
	}
	if f.baseline != "" {
		o.LearnFraction = 0
		o.Baseline, err = openArchive(f.baseline)
	}
	return o, err
}
