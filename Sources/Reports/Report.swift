// Report forms.
