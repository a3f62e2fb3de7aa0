"""The web page: values of mmjudge on a page in the browser. `mmjudge.ui.app.launch` serves it."""
