"""The empty Annotate page, which its script fills."""

SHELL = """
<div id="an-top" class="an-top">
  <label class="an-project">Project <select id="an-project"></select></label>
  <span id="an-count" class="mm-quiet"></span>
  <span id="an-sent" class="mm-quiet" role="status"></span>
  <span class="grow"></span>
  <a id="an-people" href="./people" hidden>People and projects</a>
  <button type="button" class="mm-mini" data-do="you">You</button>
  <button type="button" class="mm-mini" data-do="help">Keys <kbd>?</kbd></button>
  <button type="button" class="mm-mini" data-do="leave">Sign out</button>
</div>
<p id="an-live" class="sr" role="status" aria-live="polite"></p>
<div id="an-error" class="mm-message error" role="alert" hidden></div>
<div id="an-work" class="an-work" hidden>
  <section id="an-item" class="mm-box" tabindex="-1" aria-label="The item"></section>
  <section id="an-side" class="mm-box an-side" aria-label="Your answer">
    <div id="an-ask"></div>
    <div id="an-keys" class="an-keys" role="group" aria-label="Answers"></div>
    <div id="an-more" class="an-more"></div>
    <div id="an-marks"></div>
    <div id="an-last" class="an-last"></div>
  </section>
</div>
<section id="an-rest" class="mm-box mm-alone" hidden></section>
<dialog id="an-dialog" class="an-dialog" aria-labelledby="an-dialog-title"></dialog>
"""
