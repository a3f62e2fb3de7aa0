"""mmjudge: a multimodal safety judge. Text, images, audio and video in; a verdict that can be checked, out."""
