import '../styles/base.css';
import { mountPage } from '../shared/mount.tsx';

mountPage((voice) => ({ title: voice.t.queueTitle, body: <h1>{voice.t.queueTitle}</h1> }));
