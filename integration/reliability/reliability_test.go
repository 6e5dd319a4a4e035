package reliability

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The sheets of docs/reliability.md are worth what their tests are.
func TestReliabilitySheetNamesTestsThatAreThere(t *testing.T) {
	sheet, err := os.ReadFile("../../docs/reliability.md")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	err = filepath.WalkDir("../..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		tests.Write(source)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+|[a-z]+Attacks)`").FindAllStringSubmatch(string(sheet), -1)
	for _, name := range named {
		if !strings.Contains(tests.String(), "func "+name[1]+"(") && !strings.Contains(tests.String(), "var "+name[1]+" = ") {
			t.Errorf("no test is called %s", name[1])
		}
	}
	if len(named) < 40 {
		t.Errorf("only %d tests are named", len(named))
	}
}
