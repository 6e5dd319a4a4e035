//go:build linux && amd64

package main

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"runtime"

	"golang.org/x/sys/unix"
)

// What the stepped program calls for the other to see.

//go:noinline
func counting() {}

//go:noinline
func counted() {}

//go:noinline
func finished() {}

func threadID() int { return unix.Gettid() }

// stack is where a goroutine's stack lies.
type stack struct{ low, high uint64 }

func (s stack) has(pointer uint64) bool { return s.low <= pointer && pointer < s.high }

// step steps through the thread from counting to counted, until it has finished, and
// returns how many instructions each function took, by its entry.
func step(thread int, start func() error) (map[uintptr]int, error) {
	runtime.LockOSThread() // of which ptrace(2) wants all calls
	if err := unix.PtraceAttach(thread); err != nil {
		return nil, fmt.Errorf("ptrace: %w", err)
	}
	if err := wait(thread); err != nil {
		return nil, err
	}
	if err := start(); err != nil {
		return nil, err
	}
	begin, end, last := entry(counting), entry(counted), entry(finished)
	counts := make(map[uintptr]int)
	entries := make(map[uint64]uintptr) // of the functions of instructions
	var goroutine stack
	var registers unix.PtraceRegs
	for on := false; ; {
		if err := unix.PtraceSingleStep(thread); err != nil {
			return nil, fmt.Errorf("ptrace: %w", err)
		}
		if err := wait(thread); err != nil {
			return nil, err
		}
		if err := unix.PtraceGetRegs(thread, &registers); err != nil {
			return nil, fmt.Errorf("ptrace: %w", err)
		}
		switch registers.Rip {
		case last:
			return counts, nil
		case begin:
			var err error
			if goroutine, err = stackOf(thread, registers.R14); err != nil {
				return nil, err
			}
			on = true
		case end:
			on = false
		}
		if !on || !goroutine.has(registers.Rsp) {
			continue
		}
		function, known := entries[registers.Rip]
		if !known {
			f := runtime.FuncForPC(uintptr(registers.Rip)) // of the same program
			if f == nil {
				return nil, fmt.Errorf("no function is at %#x", registers.Rip)
			}
			function = f.Entry()
			entries[registers.Rip] = function
		}
		counts[function]++
	}
}

func entry(f func()) uint64 { return uint64(reflect.ValueOf(f).Pointer()) }

// stackOf reads the bounds of a goroutine's stack, which its descriptor begins with.
// Go's calling convention keeps its address in R14 (Go internal ABI specification).
func stackOf(thread int, goroutine uint64) (stack, error) {
	var bounds [16]byte
	if _, err := unix.PtracePeekData(thread, uintptr(goroutine), bounds[:]); err != nil {
		return stack{}, err
	}
	return stack{low: binary.LittleEndian.Uint64(bounds[:]), high: binary.LittleEndian.Uint64(bounds[8:])}, nil
}

// wait waits until the thread has stopped. The signals that a Go program without
// asynchronous preemption gets by itself may be lost.
func wait(thread int) error {
	var status unix.WaitStatus
	if _, err := unix.Wait4(thread, &status, unix.WALL, nil); err != nil {
		return fmt.Errorf("wait4: %w", err)
	}
	if !status.Stopped() {
		return fmt.Errorf("the program has ended: %v", status)
	}
	return nil
}

// shareProcessor keeps this program and those it starts on one processor: to wake
// another for each step takes many times as long as the step.
func shareProcessor() error {
	var one unix.CPUSet
	one.Set(0)
	return unix.SchedSetaffinity(0, &one)
}
