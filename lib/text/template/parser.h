#pragma once

#include "lib/text/template/lexer.h"
#include "lib/text/template/node.h"

#include <initializer_list>
#include <memory>
#include <string_view>
#include <vector>

namespace postrider::templates {

/// Makes nodes of tokens. Throws Broken, with the line.
class Parser {
public:
    explicit Parser(const std::vector<Token>& tokens) : tokens_(tokens) {}

    Nodes parse_all();

    // For tags:

    /// What stands from here to the first tag of one of these names, which is the next token then.
    Nodes parse_block(const Token& opening, std::initializer_list<std::string_view> ends);
    /// The next token, of which `parse_block` knew that it is there.
    const Token& next() { return tokens_[at_++]; }
    /// To behind the next tag that is only this name.
    void skip_past(const Token& opening, std::string_view end);

private:
    std::unique_ptr<Node> read(const Token& token);

    const std::vector<Token>& tokens_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

/// The first word of a tag.
std::string_view tag_name(const Token& token);

/// How a tag is read, from behind its own token on.
using TagReader = std::unique_ptr<Node> (*)(Parser& parser, const Token& token);

/// Null if there is no tag of this name.
TagReader find_tag(std::string_view name);

std::unique_ptr<Node> read_if(Parser& parser, const Token& token);
std::unique_ptr<Node> read_for(Parser& parser, const Token& token);
std::unique_ptr<Node> read_with(Parser& parser, const Token& token);
std::unique_ptr<Node> read_now(Parser& parser, const Token& token);
std::unique_ptr<Node> read_comment(Parser& parser, const Token& token);
std::unique_ptr<Node> read_verbatim(Parser& parser, const Token& token);
std::unique_ptr<Node> read_autoescape(Parser& parser, const Token& token);

}  // namespace postrider::templates
