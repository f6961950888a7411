//go:build ignore
// +build ignore

// Command smoke_check compares the answers of one oracle (standard input) with
// what smoke.jsonl expects of its release, and exits 1 if they differ.
//
//	oracle < smoke.jsonl | go run smoke_check.go smoke.jsonl
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sort"
	"strconv"
	"strings"
)

type expectation struct {
	Outcome     string            `json:"outcome"`
	Outcomes    map[string]string `json:"outcomes"` // first release -> outcome
	Reason      string            `json:"reason"`
	Message     *string           `json:"message"`
	From        map[string]string `json:"from"` // first minor -> message
	Until       string            `json:"until"`
	RenewalTime string            `json:"renewalTime"`
	Chain       string            `json:"chain"` // reason of the chain
	Error       string            `json:"error"`
}

type answer struct {
	ID, Release, Outcome, Reason, Message, Error string
	Until, RenewalTime                           *string
	Chain                                        *struct{ Reason string }
	OK                                           *bool
}

func main() {
	file, err := os.Open(os.Args[1])
	check(err)
	cases, answers := lines(file), lines(os.Stdin)
	if len(cases) == 0 || len(cases) != len(answers) {
		check(fmt.Errorf("%d cases, %d answers", len(cases), len(answers)))
	}
	failed, release := 0, ""
	for i, line := range cases {
		var c struct {
			ID     string
			Expect *expectation
		}
		var a answer
		check(json.Unmarshal(line, &c))
		check(json.Unmarshal(answers[i], &a))
		release = a.Release
		for _, d := range differences(c.ID, c.Expect, &a) {
			failed++
			fmt.Printf("%s %s: %s\n", a.Release, c.ID, d)
		}
	}
	fmt.Printf("%s: %d cases, %d differences\n", release, len(cases), failed)
	if failed > 0 {
		os.Exit(1)
	}
}

func differences(id string, e *expectation, a *answer) (found []string) {
	differ := func(what, want, got string) {
		if want != got {
			found = append(found, fmt.Sprintf("%s: want %q, got %q", what, want, got))
		}
	}
	differ("id", id, a.ID)
	if a.Outcome == "invalid-case" {
		return append(found, "invalid case: "+a.Error)
	}
	if e == nil {
		return found
	}
	if e.Outcomes != nil {
		e.Outcome = pick(e.Outcomes, a.Release)
	}
	if e.From != nil {
		m := pick(e.From, a.Release)
		e.Message = &m
		if e.Outcome == "" {
			e.Outcome = "set"
			if m == "" {
				e.Outcome = "wait"
			}
		}
	}
	if e.Outcome != "" {
		differ("outcome", e.Outcome, a.Outcome)
	}
	if e.Reason != "" {
		differ("reason", e.Reason, a.Reason)
	}
	if e.Message != nil {
		differ("message", *e.Message, a.Message)
	}
	if e.Until != "" {
		differ("until", e.Until, text(a.Until))
	}
	if e.RenewalTime != "" {
		differ("renewalTime", e.RenewalTime, text(a.RenewalTime))
	}
	if e.Chain != "" && a.Chain != nil {
		differ("chain", e.Chain, a.Chain.Reason)
	}
	if e.Error != "" {
		differ("error", e.Error, a.Error)
	}
	return found
}

// pick takes the value of the newest version that is not newer than release.
func pick(from map[string]string, release string) string {
	var versions []string
	for v := range from {
		versions = append(versions, v)
	}
	sort.Slice(versions, func(i, j int) bool { return number(versions[i]) < number(versions[j]) })
	value := ""
	for _, v := range versions {
		if number(v) <= number(release) {
			value = from[v]
		}
	}
	return value
}

// number orders "13", "1.13.2" and "v1.13.2".
func number(version string) int {
	version = strings.TrimPrefix(version, "v")
	if !strings.Contains(version, ".") {
		version = "1." + version + ".0"
	}
	n := 0
	for _, part := range strings.Split(version, ".") {
		p, err := strconv.Atoi(part)
		check(err)
		n = n*1000 + p
	}
	return n
}

func lines(r io.Reader) (all [][]byte) {
	b := bufio.NewReader(r)
	for {
		line, err := b.ReadBytes('\n')
		if len(line) > 1 {
			all = append(all, line)
		}
		if err == io.EOF {
			return all
		}
		check(err)
	}
}

func text(s *string) string {
	if s == nil {
		return "null"
	}
	return *s
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}
