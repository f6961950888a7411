// Command oracle lets one cert-manager release judge cases: it reads one JSON
// case per line on standard input, runs that release's own code on it and
// writes one JSON answer per line on standard output, in the same order.
//
// The module that holds this program is generated for each release by
// build.sh. Its path lies under github.com/cert-manager/cert-manager/, because
// Go applies the internal rule to import paths: that is the cleanest way to
// the policy chains, which live in internal packages.
//
// The language level is Go 1.17, since the generated go.mod carries the go
// line of the release (it decides the GODEBUG defaults and with them how
// strict crypto/x509 is).
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"time"
)

const certManagerModule = "github.com/cert-manager/cert-manager"

func main() {
	version := flag.Bool("version", false, "print the release, the Go version and the GODEBUG defaults as JSON, then exit")
	skipReady := flag.Bool("skip-ready", false, "do not run the readiness controller (faster)")
	timed := flag.Bool("time", false, "say in each answer to a case how long the two controllers took")
	flag.Parse()

	// Times inside messages are printed in the local zone of the process; the
	// release images have none, so they print UTC.
	time.Local = time.UTC
	debug.SetGCPercent(400)

	about := readBuild()
	if *version {
		writeLine(os.Stdout, about)
		return
	}
	judge, err := newJudge(about.Release, *skipReady)
	if err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(1)
	}
	judge.timed = *timed
	if err := serve(judge, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(1)
	}
}

type build struct {
	Release string `json:"release"`
	Go      string `json:"go"`
	GODEBUG string `json:"godebug"`
}

// readBuild takes the release from the module list of the binary itself, so
// that an answer can never name another release than the one that gave it.
func readBuild() build {
	b := build{Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, dep := range info.Deps {
		if dep.Path == certManagerModule {
			b.Release = dep.Version
		}
	}
	b.GODEBUG = godebug(info)
	return b
}

func serve(j *judge, in io.Reader, out io.Writer) error {
	r := bufio.NewReaderSize(in, 1<<20)
	w := bufio.NewWriterSize(out, 1<<16)
	for {
		line, err := r.ReadBytes('\n')
		if len(line) > 1 {
			if werr := writeLine(w, j.answer(line)); werr != nil {
				return werr
			}
		}
		// A caller that asks case by case waits for the answer.
		if r.Buffered() == 0 || err != nil {
			if ferr := w.Flush(); ferr != nil {
				return ferr
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func writeLine(w io.Writer, v interface{}) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
