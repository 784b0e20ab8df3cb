//! Where a datafile is asked for: the URL of an SDK key, and where a redirect leads.

/// The URL's place for the SDK key.
pub const PLACEHOLDER: &str = "%s";

/// Where Optimizely serves datafiles. Rule: SPEC, section 8.2.
const OPEN: &str = "https://cdn.optimizely.com/datafiles/%s.json";

/// Where it serves those that need an access token.
const AUTHENTICATED: &str = "https://config.optimizely.com/datafiles/auth/%s.json";

/// First letters of an SDK key that are shown.
const SHOWN: usize = 4;

/// Where datafiles come from. The SDK key and the token are secrets.
#[derive(Clone)]
pub struct Source {
    sdk_key: Box<str>,
    pub(super) token: Option<Box<str>>,
    pub(super) url: Box<str>,
}

impl Source {
    /// The source of an SDK key, at Optimizely or at the URL of a template.
    #[must_use]
    pub fn new(sdk_key: &str, token: Option<&str>, template: Option<&str>) -> Self {
        let own = if token.is_some() { AUTHENTICATED } else { OPEN };
        let url = template.unwrap_or(own).replace(PLACEHOLDER, sdk_key);
        Self { sdk_key: sdk_key.into(), token: token.map(Box::from), url: url.into() }
    }

    /// A text for the log: the SDK key cut short, the token left out.
    #[must_use]
    pub fn hide(&self, text: &str) -> String {
        let text = match &self.token {
            Some(token) if !token.is_empty() => text.replace(&**token, "…"),
            _ => text.to_owned(),
        };
        if self.sdk_key.is_empty() {
            return text;
        }
        let end = self.sdk_key.char_indices().nth(SHOWN).map_or(0, |(at, _)| at);
        text.replace(&*self.sdk_key, &format!("{}…", &self.sdk_key[..end]))
    }

    /// The URL for the log.
    #[must_use]
    pub fn shown(&self) -> String {
        self.hide(&crate::transport::shown_url(&self.url))
    }
}

/// A URL in its parts: scheme, authority, and the rest.
fn parts(url: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(at);
    Some((scheme, authority, path))
}

/// Do two URLs lead to the same host by the same scheme, so that one may see what the other may?
pub(super) fn is_same_host(one: &str, other: &str) -> bool {
    let (Some((scheme, host, _)), Some((other_scheme, other_host, _))) = (parts(one), parts(other)) else {
        return false;
    };
    scheme.eq_ignore_ascii_case(other_scheme) && host.eq_ignore_ascii_case(other_host)
}

/// Where a redirect leads, as a full URL; an error says why it is not followed. Rule: RFC 9110, section 10.2.2.
pub(super) fn resolve(base: &str, location: &str) -> Result<String, &'static str> {
    let (scheme, authority, path) = parts(base).ok_or("it begins at no URL")?;
    let location = location.split('#').next().unwrap_or_default().trim();
    let target = if location.contains("://") {
        location.to_owned()
    } else if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{scheme}://{authority}{location}")
    } else if location.is_empty() || location.contains(':') {
        return Err("it leads to no http:// or https:// URL");
    } else {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let directory = path.rfind('/').map_or("/", |at| &path[..=at]);
        format!("{scheme}://{authority}{directory}{location}")
    };
    let lower = target.get(..8).unwrap_or(&target).to_ascii_lowercase();
    if !lower.starts_with("http://") && !lower.starts_with("https://") {
        return Err("it leads to no http:// or https:// URL");
    }
    if scheme.eq_ignore_ascii_case("https") && !lower.starts_with("https://") {
        return Err("it leads from https to http");
    }
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_the_url_of_its_key() {
        let url = |token, template| Source::new("KeY12345", token, template).url;
        assert_eq!(&*url(None, None), "https://cdn.optimizely.com/datafiles/KeY12345.json");
        assert_eq!(&*url(Some("t"), None), "https://config.optimizely.com/datafiles/auth/KeY12345.json");
        assert_eq!(&*url(None, Some("http://here/%s?x")), "http://here/KeY12345?x");
        assert_eq!(&*url(None, Some("http://here/file.json")), "http://here/file.json");
    }

    #[test]
    fn neither_key_nor_token_is_shown_whole() {
        let source = Source::new("KeY12345", Some("SECRET"), None);
        assert_eq!(source.shown(), "https://config.optimizely.com/datafiles/auth/KeY1….json");
        assert_eq!(source.hide("Bearer SECRET of KeY12345"), "Bearer … of KeY1…");
        assert_eq!(Source::new("key", None, None).hide("key"), "…");
    }

    #[test]
    fn redirects_lead_where_they_say() {
        for (base, location, target) in [
            ("http://a/x/y.json", "http://b/z", "http://b/z"),
            ("http://a/x/y.json", "https://b/z", "https://b/z"),
            ("https://a/x/y.json?q=1", "//b/z", "https://b/z"),
            ("https://a:8/x/y.json", "/z?q#f", "https://a:8/z?q"),
            ("https://a/x/y.json", "z.json", "https://a/x/z.json"),
            ("https://a", "z.json", "https://a/z.json"),
        ] {
            assert_eq!(resolve(base, location).as_deref(), Ok(target), "{base} {location}");
        }
        for location in ["http://a/x", "HTTP://a/x", "file:///etc/passwd", "ftp://a/", "mailto:x", "", "#x"] {
            assert!(resolve("https://a/x", location).is_err(), "{location}");
        }
    }

    #[test]
    fn only_the_same_host_is_the_same_host() {
        assert!(is_same_host("https://a/x", "https://A/y?z"));
        for other in ["http://a/x", "https://a:444/x", "https://b/x", "https://a.b/x", "https://u@a/x"] {
            assert!(!is_same_host("https://a/x", other), "{other}");
        }
    }
}
