<?php
/**
 * Run by tests/peers/wordpress.py with WordPress's own code: "install" makes a site, "write" fills it as an owner
 * would have over the years, "export" prints what Tools > Export gives (WordPress's own export_wp()).
 */

$_SERVER['HTTP_HOST'] = 'old-clinic.example';
$_SERVER['REQUEST_METHOD'] = 'GET';
$_SERVER['REQUEST_URI'] = '/';
$task = $argv[1];
if ($task === 'install') {
    define('WP_INSTALLING', true);
}
require getenv('WORDPRESS_FOLDER') . '/wp-load.php';
$admin = ABSPATH . 'wp-admin/includes/';

if ($task === 'install') {
    require $admin . 'upgrade.php';
    wp_install('Old Clinic & Friends', 'maria', 'maria@old-clinic.example', true, '', 'not-a-secret-of-anybody');
    exit;
}
if ($task === 'export') {
    require $admin . 'export.php';
    export_wp(['content' => 'all']);
    exit;
}

wp_set_current_user(1); // whose HTML is not filtered
require $admin . 'image.php';
require $admin . 'taxonomy.php';
global $wp_rewrite;
$wp_rewrite->set_permalink_structure('/%year%/%monthnum%/%category%/%postname%/');
$wp_rewrite->flush_rules(false);
update_option('timezone_string', 'America/New_York');

$maria = 1;
wp_update_user(['ID' => $maria, 'display_name' => 'Maria García', 'role' => 'administrator']);
$sam = wp_insert_user([
    'user_login' => 'sam', 'user_pass' => 'x', 'user_email' => 'sam@old-clinic.example', 'role' => 'author',
    'display_name' => "Sam O'Neil", 'description' => 'Sam has treated runners for <b>20</b> years.',
]);
$therapy = wp_create_category('Physical Therapy & Rehab');
$needling = wp_create_category('Dry Needling', $therapy);
$trigger = wp_create_category('Trigger Points', $needling);

/** A real photo with the sizes WordPress makes of it. */
function photo(string $name, string $title, string $caption, string $alt, int $shade): int {
    $folder = wp_upload_dir('2019/06')['path'];
    wp_mkdir_p($folder);
    $picture = imagecreatetruecolor(1400, 900);
    imagefilledrectangle($picture, 0, 0, 1399, 899, imagecolorallocate($picture, $shade, 90, 160));
    imagefilledellipse($picture, 700, 450, 500, 500, imagecolorallocate($picture, 240, $shade, 90));
    imagejpeg($picture, "$folder/$name");
    $id = wp_insert_attachment([
        'post_title' => $title, 'post_excerpt' => $caption, 'post_mime_type' => 'image/jpeg',
        'post_content' => 'A long description.', 'post_status' => 'inherit',
    ], "$folder/$name");
    wp_update_attachment_metadata($id, wp_generate_attachment_metadata($id, "$folder/$name"));
    update_post_meta($id, '_wp_attachment_image_alt', $alt);
    return $id;
}

$leg = photo('needle-leg.jpg', 'Leg', 'A needle in a <em>calf</em>', 'Needle in a calf muscle', 60);
$room = photo('room.jpg', 'Room', '', 'The treatment room & its window', 120);
$door = photo('Tür-auf.jpg', 'Door', 'Our “door”', '', 200);
function sized(int $id, string $size): string { return wp_get_attachment_image_src($id, $size)[0]; }

function write(array $given): int {
    $id = wp_insert_post(wp_slash($given + ['post_author' => 1, 'post_status' => 'publish']), true);
    if (is_wp_error($id)) { fwrite(STDERR, $id->get_error_message() . "\n"); exit(1); }
    return $id;
}

$classic = write([
    'post_title' => 'The Finer Points & "Quotes" of Dry Needling', 'post_name' => 'finer-points',
    'post_date' => '2019-06-03 09:15:00', 'post_author' => $sam, 'post_category' => [$therapy, $trigger],
    'tags_input' => ['Running', 'Trigger points', 'Über & unter'],
    'post_excerpt' => 'What a needle does, and what it does not.',
    'post_content' => "Dry needling <strong>is not</strong> acupuncture.\nA second line of it.\n\n"
        . "[caption id=\"attachment_$leg\" align=\"alignright\" width=\"300\"]<a href=\"" . wp_get_attachment_url($leg)
        . "\"><img class=\"size-medium wp-image-$leg\" src=\"" . sized($leg, 'medium')
        . "\" alt=\"Needle in a calf muscle\" width=\"300\" height=\"193\" /></a> A <em>needle</em> in a calf[/caption]\n\n"
        . "<h2>How it feels</h2>\nA twitch, then <a href=\"" . home_url('/2020/02/physical-therapy-rehab/knees/') . "\">ease</a>.\n"
        . "<ul>\n\t<li>One</li>\n\t<li>Two\n<ul>\n\t<li>Two and a half</li>\n</ul>\n</li>\n</ul>\n<!--more-->\n"
        . "<blockquote>It hurt <em>less</em> than I feared.</blockquote>\n\n[gallery ids=\"$leg,$room\" columns=\"2\"]\n\n"
        . "https://www.youtube.com/watch?v=dQw4w9WgXcQ\n\n[embed]https://vimeo.com/76979871[/embed]\n\n"
        . "<pre>a   b\n  c &lt; d</pre>\n\n[contact-form-7 id=\"77\" title=\"Ask\"]\n\n"
        . "C:\\temp and 5 * 3 * 2, snake_case_name, [brackets], 1986. A year.\n\n"
        . "<div class=\"abh_box abh_box_down\">The following two tabs change content below.\n"
        . "<ul><li><a href=\"#abh_about\">Bio</a></li><li><a href=\"#abh_posts\">Latest Posts</a></li></ul>\n"
        . "<h3>Sam O'Neil</h3>\nSam has treated runners for 20 years.\n"
        . "<h4>Latest posts by Sam O'Neil (<a href=\"" . home_url('/author/sam/') . "\">see all</a>)</h4>\n"
        . "<ul><li><a href=\"" . home_url('/?p=1') . "\">Hello</a> - June 3, 2019</li></ul></div>",
]);
set_post_thumbnail($classic, $room);
wp_insert_comment(['comment_post_ID' => $classic, 'comment_author' => 'Jo', 'comment_content' => 'Thanks!', 'comment_approved' => 1]);
update_post_meta($classic, '_yoast_wpseo_metadesc', 'Dry needling, told by Sam.');
update_post_meta($classic, 'views', '1234');

$gallery = "<!-- wp:gallery {\"linkTo\":\"none\"} -->\n<figure class=\"wp-block-gallery has-nested-images columns-default is-cropped\">";
foreach ([$leg, $door] as $id) {
    $gallery .= "<!-- wp:image {\"id\":$id,\"sizeSlug\":\"large\"} -->\n<figure class=\"wp-block-image size-large\"><img src=\""
        . sized($id, 'large') . "\" alt=\"" . esc_attr(get_post_meta($id, '_wp_attachment_image_alt', true))
        . "\" class=\"wp-image-$id\"/><figcaption class=\"wp-element-caption\">Photo <strong>no.</strong> $id</figcaption></figure>\n<!-- /wp:image -->\n\n";
}
$gallery .= "<figcaption class=\"blocks-gallery-caption wp-element-caption\">Both of them</figcaption></figure>\n<!-- /wp:gallery -->";
$pattern = write(['post_type' => 'wp_block', 'post_title' => 'Book', 'post_content' =>
    "<!-- wp:paragraph -->\n<p>Call <a href=\"tel:+15550100\">555-0100</a> to book.</p>\n<!-- /wp:paragraph -->"]);
$blocks = write([
    'post_title' => 'Knees', 'post_name' => 'knees', 'post_date' => '2020-02-10 08:00:00', 'post_category' => [$therapy],
    'post_content' => "<!-- wp:paragraph {\"dropCap\":true} -->\n<p class=\"has-drop-cap\">Knees carry us &amp; our bags — every day.<br>New line.</p>\n<!-- /wp:paragraph -->\n\n"
        . "<!-- wp:heading {\"level\":3} -->\n<h3 class=\"wp-block-heading\" id=\"why\">Why they ache</h3>\n<!-- /wp:heading -->\n\n"
        . "<!-- wp:list {\"ordered\":true,\"start\":3} -->\n<ol start=\"3\"><!-- wp:list-item -->\n<li>Third<!-- wp:list -->\n<ul><!-- wp:list-item -->\n<li>inner</li>\n<!-- /wp:list-item --></ul>\n<!-- /wp:list --></li>\n<!-- /wp:list-item -->\n\n<!-- wp:list-item -->\n<li>Fourth</li>\n<!-- /wp:list-item --></ol>\n<!-- /wp:list -->\n\n"
        . "<!-- wp:image {\"id\":$leg,\"align\":\"right\",\"sizeSlug\":\"medium\",\"linkDestination\":\"media\"} -->\n<figure class=\"wp-block-image alignright size-medium\"><a href=\"" . wp_get_attachment_url($leg) . "\"><img src=\"" . sized($leg, 'medium') . "\" alt=\"Another alt\" class=\"wp-image-$leg\"/></a><figcaption class=\"wp-element-caption\">With a <a href=\"https://example.org/\">link</a></figcaption></figure>\n<!-- /wp:image -->\n\n"
        . $gallery . "\n\n"
        . "<!-- wp:embed {\"url\":\"https://www.youtube.com/watch?v=dQw4w9WgXcQ\",\"type\":\"video\",\"providerNameSlug\":\"youtube\",\"responsive\":true} -->\n<figure class=\"wp-block-embed is-type-video is-provider-youtube wp-block-embed-youtube\"><div class=\"wp-block-embed__wrapper\">\nhttps://www.youtube.com/watch?v=dQw4w9WgXcQ\n</div><figcaption class=\"wp-element-caption\">A film</figcaption></figure>\n<!-- /wp:embed -->\n\n"
        . "<!-- wp:quote -->\n<blockquote class=\"wp-block-quote\"><!-- wp:paragraph -->\n<p>I run again.</p>\n<!-- /wp:paragraph --><cite>Jo, patient</cite></blockquote>\n<!-- /wp:quote -->\n\n"
        . "<!-- wp:table -->\n<figure class=\"wp-block-table\"><table><thead><tr><th>Day</th><th>Hours</th></tr></thead><tbody><tr><td>Mon</td><td>9|17</td></tr><tr><td>Tue</td><td>by <strong>call</strong></td></tr></tbody></table><figcaption class=\"wp-element-caption\">When we are here</figcaption></figure>\n<!-- /wp:table -->\n\n"
        . "<!-- wp:buttons -->\n<div class=\"wp-block-buttons\"><!-- wp:button -->\n<div class=\"wp-block-button\"><a class=\"wp-block-button__link wp-element-button\" href=\"https://old-clinic.example/book/\">Book a visit</a></div>\n<!-- /wp:button --></div>\n<!-- /wp:buttons -->\n\n"
        . "<!-- wp:media-text {\"mediaId\":$room,\"mediaType\":\"image\"} -->\n<div class=\"wp-block-media-text is-stacked-on-mobile\"><figure class=\"wp-block-media-text__media\"><img src=\"" . sized($room, 'large') . "\" alt=\"Room\" class=\"wp-image-$room size-full\"/></figure><div class=\"wp-block-media-text__content\"><!-- wp:paragraph -->\n<p>Beside the photo.</p>\n<!-- /wp:paragraph --></div></div>\n<!-- /wp:media-text -->\n\n"
        . "<!-- wp:columns -->\n<div class=\"wp-block-columns\"><!-- wp:column -->\n<div class=\"wp-block-column\"><!-- wp:paragraph -->\n<p>Left</p>\n<!-- /wp:paragraph --></div>\n<!-- /wp:column -->\n\n<!-- wp:column -->\n<div class=\"wp-block-column\"><!-- wp:paragraph -->\n<p>Right</p>\n<!-- /wp:paragraph --></div>\n<!-- /wp:column --></div>\n<!-- /wp:columns -->\n\n"
        . "<!-- wp:separator -->\n<hr class=\"wp-block-separator has-alpha-channel-opacity\"/>\n<!-- /wp:separator -->\n\n"
        . "<!-- wp:code -->\n<pre class=\"wp-block-code\"><code>if (a &lt; b) { *x* }</code></pre>\n<!-- /wp:code -->\n\n"
        . "<!-- wp:verse -->\n<pre class=\"wp-block-verse\">A line\n  and another</pre>\n<!-- /wp:verse -->\n\n"
        . "<!-- wp:spacer {\"height\":\"50px\"} -->\n<div style=\"height:50px\" aria-hidden=\"true\" class=\"wp-block-spacer\"></div>\n<!-- /wp:spacer -->\n\n"
        . "<!-- wp:pullquote -->\n<figure class=\"wp-block-pullquote\"><blockquote><p>Pulled out</p><cite>Sam</cite></blockquote></figure>\n<!-- /wp:pullquote -->\n\n"
        . "<!-- wp:html -->\n<p>Plain <abbr title=\"HyperText\">HTML</abbr> &amp; <script>alert(1)</script><mark>marked</mark></p>\n<!-- /wp:html -->\n\n"
        . "<!-- wp:latest-posts {\"postsToShow\":3} /-->\n\n<!-- wp:block {\"ref\":$pattern} /-->\n\n"
        . "<!-- wp:shortcode -->\n[unknown_thing size=\"3\"]inner[/unknown_thing]\n<!-- /wp:shortcode -->",
]);
wp_update_post(['ID' => $blocks, 'post_name' => 'knees-that-ache']);

$about = write(['post_type' => 'page', 'post_title' => 'About us', 'post_name' => 'about', 'post_date' => '2018-01-02 10:00:00',
    'post_content' => "<!-- wp:paragraph -->\n<p>We are <strong>a clinic</strong>.</p>\n<!-- /wp:paragraph -->"]);
write(['post_type' => 'page', 'post_title' => 'Our team', 'post_name' => 'team', 'post_parent' => $about, 'post_content' => 'Maria and Sam.']);
write(['post_title' => 'A draft', 'post_status' => 'draft', 'post_content' => 'Not done.']);
write(['post_title' => 'Spring hours', 'post_name' => 'spring', 'post_status' => 'future', 'post_date' => '2031-03-01 09:00:00', 'post_content' => 'Soon.']);
write(['post_title' => 'For the team', 'post_name' => 'secret', 'post_status' => 'private', 'post_date' => '2020-05-05 09:00:00', 'post_content' => 'Private words.']);
write(['post_title' => 'For patients', 'post_name' => 'patients', 'post_password' => 'knee', 'post_date' => '2020-06-05 09:00:00', 'post_content' => 'Locked words.']);
write(['post_title' => '', 'post_name' => 'no-title', 'post_date' => '2020-07-05 09:00:00', 'post_content' => 'Words without a title.']);
write(['post_title' => '数据', 'post_date' => '2020-08-05 09:00:00', 'post_content' => "中文 \u{1F600} ]]> end.\n\n<script>alert('x')</script><img src=x onerror=alert(1)>"]);
wp_trash_post(write(['post_title' => 'Thrown away', 'post_content' => 'Gone.', 'post_date' => '2017-01-01 09:00:00']));
