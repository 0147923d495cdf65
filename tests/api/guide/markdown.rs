//! The fenced blocks of a Markdown file.

/// A fenced block.
pub struct Block {
    /// The line of its fence, from 1.
    pub line: usize,
    /// What stands behind the fence, such as `json answer`.
    pub info: String,
    /// The comment on the line before the fence, which readers do not see.
    pub note: String,
    pub text: String,
}

/// All blocks, in their order.
pub fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut note = String::new();
    let mut lines = markdown.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let Some(info) = line.strip_prefix("```") else {
            let comment = line.strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->"));
            comment.unwrap_or_default().trim().clone_into(&mut note);
            continue;
        };
        let text = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```");
        let text = text.collect::<Vec<_>>().join("\n");
        blocks.push(Block { line: index + 1, info: info.to_owned(), note: std::mem::take(&mut note), text });
    }
    blocks
}
