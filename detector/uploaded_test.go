package detector

import "testing"

func TestUploadedScripts(t *testing.T) {
	upload := func(name string) func(*Exchange) {
		return sends("multipart/form-data; boundary=b",
			"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\""+name+"\"\r\nContent-Type: image/png\r\n\r\nbytes\r\n--b--\r\n")
	}
	for sent, want := range map[string]bool{
		"x.php": true, "X.PHP": true, `C:\\photos\\x.php`: true, "../x.php": true, "x.php.jpg": true, "x.png": false, "y.php": false, "": false,
	} {
		w := newWatch(t)
		w.learn(same, "/form.php")
		w.see(get("/form.php", stranger).with(upload(sent)))
		o := w.see(get("/data/x.php", stranger).with(post))
		if o.has(1012) != want || want && o.response != Malicious {
			t.Errorf("%q: %+v", sent, o)
		}
	}
	w := newWatch(t)
	w.learn(same, "/form.php")
	if o := w.see(get("/form.php", stranger).with(upload("form.php"))); o.has(1012) {
		t.Errorf("a known script: %+v", o)
	}
}
